import type { Fault } from '../../../simulators/serve.js';
import { CODE } from './message.js';

const HTML = '<html><head><title>Oops</title></head><body>Sorry</body></html>';

interface Misbehaviour {
  fault: Fault;
  expected: { failure: string; retry: boolean };
}

/** Faults that any provider can have, and the expected result of sending. */
export const MISBEHAVIOURS: Record<string, Misbehaviour> = {
  'closes the connection': { fault: 'hang-up', expected: { failure: 'channel_down', retry: false } },
  'answers 200 with an HTML page': {
    fault: { status: 200, body: HTML, contentType: 'text/html' },
    expected: { failure: 'unknown', retry: false },
  },
  'answers 200 with a page that repeats the code': {
    fault: { status: 200, body: `<html>${CODE}</html>`, contentType: 'text/html' },
    expected: { failure: 'unknown', retry: false },
  },
  'answers 502 by its proxy': {
    fault: { status: 502, body: HTML, contentType: 'text/html' },
    expected: { failure: 'channel_down', retry: true },
  },
  'answers 503 by its proxy': {
    fault: { status: 503, body: HTML, contentType: 'text/html' },
    expected: { failure: 'channel_down', retry: true },
  },
  'answers 500': {
    fault: { status: 500, body: HTML, contentType: 'text/html' },
    expected: { failure: 'channel_down', retry: false },
  },
  'answers 200 with an empty body': {
    fault: { status: 200, body: '' },
    expected: { failure: 'unknown', retry: false },
  },
  'answers null': { fault: { status: 200, body: 'null' }, expected: { failure: 'unknown', retry: false } },
  'answers an empty list': { fault: { status: 200, body: '[]' }, expected: { failure: 'unknown', retry: false } },
  'answers an empty object': { fault: { status: 200, body: '{}' }, expected: { failure: 'unknown', retry: false } },
  'answers incomplete JSON': {
    fault: { status: 200, body: '{"idMessage":"3EB0' },
    expected: { failure: 'unknown', retry: false },
  },
  'redirects by 302': {
    fault: { status: 302, body: '', headers: { location: '/elsewhere' } },
    expected: { failure: 'unknown', retry: false },
  },
  'redirects by 308': {
    fault: { status: 308, body: '', headers: { location: '/elsewhere' } },
    expected: { failure: 'unknown', retry: false },
  },
  'sends an answer that is too long': {
    fault: { status: 200, body: `{"text":"${'x'.repeat(2_000_000)}"}` },
    expected: { failure: 'unknown', retry: false },
  },
};
