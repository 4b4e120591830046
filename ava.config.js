/** How AVA runs the tests. Files that mostly wait for processes and sockets come first and share the cores with the others. */
const mostlyWaiting =
  /\/(soak|end-to-end)\/|\/(deliverer-kill|fake-kinesis-emulator|heal-gaps|lock|proxy|secrets)\.test/;

export default {
  files: ['dist/test/**/*.test.js'],
  // Continuous integration counts from this report.
  tap: process.env.TEST_REPORT === 'tap',
  timeout: '3m',
  // More than cores, since most files wait for something most of their time.
  concurrency: 4,
  sortTestFiles: (left, right) => mostlyWaiting.test(right) - mostlyWaiting.test(left),
  environmentVariables: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
};
