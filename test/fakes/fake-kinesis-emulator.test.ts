/** Runs the contract of the fake against kinesis-local. */
import test from 'ava';
import { type Emulator, startEmulator } from '../../plugin/commands/emulator/start-kinesis.js';
import { testKinesisContract } from './fake-kinesis.contract.js';

let emulator: Emulator | undefined;
test.after.always(() => emulator?.stop());

testKinesisContract(async () => {
  emulator = await startEmulator();
  return emulator;
});
