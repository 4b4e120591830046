#!/usr/bin/env node
/**
 * The command line. It handles signals first: everything else is imported dynamically, because a static import would run before
 * this module and take a while to load.
 */
import { handleEarlySignals } from './commands/early-signals.js';

handleEarlySignals(process.argv[2]);
const { runProcess } = await import('./commands/main.js');
await runProcess(process.argv.slice(2));
