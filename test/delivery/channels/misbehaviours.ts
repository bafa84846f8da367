import type { Fault } from '../../../simulators/serve.js';
import { CODE } from './message.js';

const HTML = '<html><head><title>Oops</title></head><body>Sorry</body></html>';

interface Misbehaviour {
  fault: Fault;
  expected: { failure: string; retry: boolean };
}

/** What any provider may do to any message, and what is to be made of it. */
export const MISBEHAVIOURS: Record<string, Misbehaviour> = {
  'hangs up': { fault: 'hang-up', expected: { failure: 'channel_down', retry: false } },
  'shows a page, with 200': {
    fault: { status: 200, body: HTML, contentType: 'text/html' },
    expected: { failure: 'unknown', retry: false },
  },
  'shows a page that repeats the code': {
    fault: { status: 200, body: `<html>${CODE}</html>`, contentType: 'text/html' },
    expected: { failure: 'unknown', retry: false },
  },
  'is behind a gateway that is alone: 502': {
    fault: { status: 502, body: HTML, contentType: 'text/html' },
    expected: { failure: 'channel_down', retry: true },
  },
  'is behind a gateway that is alone: 503': {
    fault: { status: 503, body: HTML, contentType: 'text/html' },
    expected: { failure: 'channel_down', retry: true },
  },
  'fails: 500': {
    fault: { status: 500, body: HTML, contentType: 'text/html' },
    expected: { failure: 'channel_down', retry: false },
  },
  'says nothing, with 200': { fault: { status: 200, body: '' }, expected: { failure: 'unknown', retry: false } },
  'says null': { fault: { status: 200, body: 'null' }, expected: { failure: 'unknown', retry: false } },
  'says an empty list': { fault: { status: 200, body: '[]' }, expected: { failure: 'unknown', retry: false } },
  'says an empty object': { fault: { status: 200, body: '{}' }, expected: { failure: 'unknown', retry: false } },
  'breaks off': { fault: { status: 200, body: '{"idMessage":"3EB0' }, expected: { failure: 'unknown', retry: false } },
  'sends elsewhere: 302': {
    fault: { status: 302, body: '', headers: { location: '/elsewhere' } },
    expected: { failure: 'unknown', retry: false },
  },
  'sends elsewhere: 308': {
    fault: { status: 308, body: '', headers: { location: '/elsewhere' } },
    expected: { failure: 'unknown', retry: false },
  },
  'does not come to an end': {
    fault: { status: 200, body: `{"text":"${'x'.repeat(20_000_000)}"}` },
    expected: { failure: 'unknown', retry: false },
  },
};
