import { createMemoryStore } from '../../src/checkpoint/memory-store.js';
import { testStore } from './contract.js';

testStore('memory store', async () => {
  const store = createMemoryStore();
  return () => store;
});
