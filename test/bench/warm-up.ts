/** AWS' own endpoint is warm already; this one has to be warmed up. */
export async function warmUp(endpoint: string): Promise<void> {
  const ask = async (operation: string, input: object): Promise<Record<string, string>> => {
    const headers = { 'x-amz-target': `Kinesis_20131202.${operation}` };
    const reply = await fetch(endpoint, { method: 'POST', headers, body: JSON.stringify(input) });
    return (await reply.json()) as Record<string, string>;
  };
  for (let round = 0; round < 20; round++) {
    await ask('DescribeStreamSummary', {});
    await ask('ListShards', {});
    const iterator = await ask('GetShardIterator', {
      ShardId: 'shardId-000000000000',
      ShardIteratorType: 'TRIM_HORIZON',
    });
    await ask('GetRecords', iterator);
  }
}
