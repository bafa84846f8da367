import type { Answer } from '../answer.js';
import type { Instance } from '../instance.js';
import type { ApiRequest } from '../request.js';

/** What a method does. @throws BadRequest */
export type Handler = (instance: Instance, request: ApiRequest) => Answer | Promise<Answer>;
