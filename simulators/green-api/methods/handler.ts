import type { Answer } from '../response.js';
import type { Instance } from '../instance.js';
import type { ApiRequest } from '../read-path.js';

/** Runs a method. @throws BadRequest */
export type Handler = (instance: Instance, request: ApiRequest) => Answer | Promise<Answer>;
