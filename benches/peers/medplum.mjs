// @medplum/ccda (npm) in one process: a command a line on standard input, an answer a line on standard output. The
// commands are described in peers.py.
import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { convertCcdaToFhir, convertXmlToCcda } from '@medplum/ccda';

// sections that it does not know are left out instead of refusing the document: its own option
const options = { ignoreUnsupportedSections: true };

// the package takes text: bytes are decoded as their first line says, within the time, as granule does
function convert(bytes) {
  const encoding = /^[^>]*encoding\s*=\s*["']([\w.-]+)/.exec(bytes.toString('latin1', 0, 200))?.[1] ?? 'utf-8';
  const text = new TextDecoder(encoding).decode(bytes);
  return Buffer.from(JSON.stringify(convertCcdaToFhir(convertXmlToCcda(text), options)));
}

for await (const line of createInterface({ input: process.stdin })) {
  const { path, times, out } = JSON.parse(line);
  const answer = { ms: [] };
  try {
    const bytes = readFileSync(path);
    let bundle;
    for (let i = 0; i < times; i++) {
      const start = performance.now();
      bundle = convert(bytes);
      answer.ms.push(performance.now() - start);
    }
    if (out) writeFileSync(out, bundle);
  } catch (e) {
    answer.error = String(e).slice(0, 120);
  }
  process.stdout.write(JSON.stringify(answer) + '\n');
}
