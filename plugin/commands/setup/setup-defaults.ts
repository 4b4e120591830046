/** What a set-up does where nothing else is asked for; `check` has to know it to say what a set-up would do. */
export const defaultFilterName = 'kinesis-snare';

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html */
export const defaultFiltersPerGroup = 2;
