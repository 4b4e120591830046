/** The advice for requests to AWS that leave the machine unencrypted. */
export function describePlain(origin: string): { readonly message: string; readonly advice: string } {
  return {
    message: `Requests to AWS go to ${origin} unencrypted: whoever is on the way reads their session token and the flow logs`,
    advice:
      'use https where the address is set: input.endpoint, input.logsEndpoint, input.ec2Endpoint, AWS_ENDPOINT_URL or one of its kind, or endpoint_url in the AWS config file',
  };
}
