/** For a test that looks at no request to AWS. */
import { AwsClock } from '../../src/aws/aws-clock.js';
import { AwsWatch } from '../../src/aws/watch.js';
import { systemClock } from '../../src/clock.js';

export const unwatched = new AwsWatch(new AwsClock(systemClock), () => {});
