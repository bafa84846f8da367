import { type Finding, ok, problem } from '../../../finding.js';
import { accountReport, refusedAccount } from '../account-report.js';
import { type Failed, failed } from '../channel.js';
import { isFailed } from '../http.js';
import { failureOfStatus } from '../http-status.js';
import type { AccountReport } from '../provider.js';
import { createHttpClient } from './client.js';
import { parseAnswer, textAt } from './read-value.js';
import { refusalIn } from './results.js';
import type { HttpChannelSettings } from './definition.js';

const TIMEOUT_MS = 5_000;

/** The credit, as the provider states it. Undefined: the definition does not say how to read it. */
async function readCredit({ definition, secrets }: HttpChannelSettings): Promise<number | Failed | undefined> {
  const { account } = definition;
  if (!account) return undefined;
  const answer = await createHttpClient(definition, { secrets }).call(
    account.request,
    {},
    AbortSignal.timeout(TIMEOUT_MS),
  );
  if (isFailed(answer)) return answer;
  const credit = Number(textAt(parseAnswer(answer.text), account.credit) ?? NaN);
  if (answer.status === 200 && Number.isFinite(credit)) return credit;
  // A provider has the same codes for all of its requests.
  const refused = refusalIn(answer, definition.send.errors, {});
  if (refused) return refused;
  return answer.status === 200 ? failed('unknown', 'unreadable answer') : failureOfStatus(answer.status);
}

export async function readHttpAccount(channel: HttpChannelSettings): Promise<AccountReport | undefined> {
  const credit = await readCredit(channel);
  if (credit === undefined) return undefined;
  const about = `http:${channel.name}`;
  return typeof credit === 'number' ? accountReport(about, { credit }) : refusedAccount(about, credit);
}

export async function checkHttpChannel(channel: HttpChannelSettings): Promise<Finding[]> {
  const about = `http:${channel.name}`;
  const credit = await readCredit(channel);
  if (credit === undefined)
    return [ok(about, 'is described; its account is not checked: run "phonegate providers send-test"')];
  if (typeof credit !== 'number')
    return [
      problem(
        about,
        `its account cannot be read: ${credit.failure} (${credit.detail})`,
        `Check ${channel.name}.json, its values in HTTP_SECRETS, and that this machine can reach the provider`,
      ),
    ];
  const low = channel.definition.account?.low ?? 0;
  return [
    credit < low || credit <= 0
      ? problem(about, `the credit is low: ${credit}`, 'Add credit to the account')
      : ok(about, `the account answers, the credit is ${credit}`),
  ];
}
