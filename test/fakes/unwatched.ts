/** For a test that does not check requests to AWS. */
import { AwsClock } from '../../src/aws/aws-clock.js';
import { AwsWatch } from '../../src/aws/watch.js';
import { systemClock } from '../../src/clock.js';

export const unwatched = new AwsWatch(new AwsClock(systemClock), () => {});
