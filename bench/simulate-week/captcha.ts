import { hash } from 'node:crypto';
import type { Answer } from './api.js';

interface Challenge {
  algorithm: string;
  challenge: string;
  salt: string;
  signature: string;
  maxnumber?: number;
  maxNumber?: number;
}

const MOST_NUMBERS = 10_000_000;

/** Solves the proof of work of ALTCHA: finds the number whose hash with the salt is the challenge. */
export function solveCaptcha(answer: Answer): string | undefined {
  const text = Object.values(answer).find((value) => typeof value === 'string' && value.includes('"salt"'));
  if (typeof text !== 'string') return undefined;
  const { algorithm, challenge, salt, signature, maxnumber, maxNumber } = JSON.parse(text) as Challenge;
  const name = algorithm.replace('-', '').toLowerCase();
  const most = maxnumber ?? maxNumber ?? MOST_NUMBERS;
  for (let number = 0; number <= most; number += 1) {
    if (hash(name, `${salt}${number}`) !== challenge) continue;
    const solution = { algorithm, challenge, number, salt, signature };
    return Buffer.from(JSON.stringify(solution)).toString('base64');
  }
  return undefined;
}
