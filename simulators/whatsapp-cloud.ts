import { createHmac } from 'node:crypto';
import { type Fault, applyFault, serve } from './serve.js';

export interface CloudMessage {
  id: string;
  /** Digits, or an ID of Meta. */
  to: string;
  template: string | undefined;
  language: string | undefined;
  /** The code of a template, or the text. */
  text: string;
  /** Of the sender; repeated in the statuses. */
  callbackData?: string | undefined;
}

export interface WhatsAppCloudSimulator {
  url: string;
  phoneNumberId: string;
  businessId: string;
  token: string;
  appSecret: string;
  calls: { method: string; path: string; body: Record<string, unknown> }[];
  /** Refuses messages in a language with a code of Meta. */
  refusals: Map<string, number>;
  messages: CloudMessage[];
  templates: { name: string; language: string; status: string; category: string }[];
  /** Refuses the next messages, and the creation of templates, with this code of Meta. */
  refusal: number | undefined;
  fault: Fault | undefined;
  /** Called with each message after it is sent and before it is answered. */
  beforeAnswer: ((message: CloudMessage) => Promise<unknown>) | undefined;
  /** The URL of the webhook. */
  webhookUrl: string;
  /** Sends values to the webhook in one signed request. @returns its status; 0: no answer */
  /** The body of a webhook with these values. */
  eventOf(values: object[], phoneNumberId?: string): string;
  deliver(
    values: object[],
    change?: { appSecret?: string; phoneNumberId?: string; webhookUrl?: string },
  ): Promise<number>;
  close(): Promise<void>;
}

/**
 * The part of Meta's Cloud API that a gateway calls (developers.facebook.com/docs/whatsapp/cloud-api). Webhooks are signed over
 * the bytes of their body.
 */
export async function startWhatsAppCloudSimulator(): Promise<WhatsAppCloudSimulator> {
  const served = await serve(async (request, text, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const path = url.pathname.slice(1);
    const body = JSON.parse(text || '{}') as Record<string, unknown>;
    simulator.calls.push({ method: request.method ?? '', path, body });
    if (await applyFault(simulator.fault, response)) return;
    const refuse = (code: number) =>
      response
        .writeHead(code === 190 ? 401 : 400, { 'content-type': 'application/json' })
        .end(
          JSON.stringify({ error: { message: `(#${code}) refused`, type: 'OAuthException', code, fbtrace_id: 'A' } }),
        );
    if (request.headers.authorization !== `Bearer ${simulator.token}`) return void refuse(190);
    const answer = (value: object) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    if (path === simulator.phoneNumberId)
      return void answer({ display_phone_number: '+7 701 000 0001', verified_name: 'Shop', quality_rating: 'GREEN' });
    if (path === `${simulator.businessId}/message_templates` && request.method === 'GET')
      return void answer({ data: simulator.templates.filter(({ name }) => name === url.searchParams.get('name')) });
    if (path === `${simulator.businessId}/message_templates`) {
      if (simulator.refusal !== undefined) return void refuse(simulator.refusal);
      simulator.templates.push({
        ...(body as { name: string; language: string; category: string }),
        status: 'PENDING',
      });
      return void answer({ id: '1', status: 'PENDING', category: 'AUTHENTICATION' });
    }
    if (path !== `${simulator.phoneNumberId}/messages`) return void refuse(100);
    if (simulator.refusal !== undefined) return void refuse(simulator.refusal);
    const message = readMessage(body);
    const refusal = simulator.refusals.get(message.language ?? '');
    if (refusal !== undefined) return void refuse(refusal);
    const isKnown = simulator.templates.some(
      ({ name, language, status }) =>
        name === message.template && language === message.language && status === 'APPROVED',
    );
    if (message.template !== undefined && !isKnown) return void refuse(132001);
    simulator.messages.push(message);
    await simulator.beforeAnswer?.(message);
    answer({
      messaging_product: 'whatsapp',
      contacts: [{ input: message.to, wa_id: message.to }],
      messages: [{ id: message.id }],
    });
  });

  const readMessage = (body: Record<string, unknown>): CloudMessage => {
    const { to, recipient, template, text, biz_opaque_callback_data } = body as {
      biz_opaque_callback_data?: string;
      to?: string;
      recipient?: string;
      template?: { name: string; language: { code: string }; components: { parameters: { text: string }[] }[] };
      text?: { body: string };
    };
    const codes = (template?.components ?? []).map(({ parameters }) => parameters[0]?.text);
    if (new Set(codes).size > 1) throw new Error('the code of the text and of the button differ');
    return {
      id: `wamid.HBgL${simulator.messages.length}AAA=`,
      to: String(to ?? recipient),
      template: template?.name,
      language: template?.language.code,
      text: codes[0] ?? text?.body ?? '',
      callbackData: biz_opaque_callback_data,
    };
  };

  const simulator: WhatsAppCloudSimulator = {
    url: served.url,
    phoneNumberId: '106540352242922',
    businessId: '102290129340398',
    token: 'EAAInventedTokenOfMeta',
    appSecret: '0f1e2d3c4b5a69788796a5b4c3d2e1f0',
    calls: [],
    refusals: new Map(),
    messages: [],
    templates: ['en', 'ru'].map((language) => ({
      name: 'login_code',
      language,
      status: 'APPROVED',
      category: 'AUTHENTICATION',
    })),
    refusal: undefined,
    fault: undefined,
    beforeAnswer: undefined,
    webhookUrl: '',
    eventOf(values, phoneNumberId = simulator.phoneNumberId) {
      const metadata = { display_phone_number: '77010000001', phone_number_id: phoneNumberId };
      const changes = values.map((value) => ({
        field: 'messages',
        value: { messaging_product: 'whatsapp', metadata, ...value },
      }));
      return JSON.stringify({
        object: 'whatsapp_business_account',
        entry: [{ id: simulator.businessId, changes }],
      });
    },
    async deliver(values, change = {}) {
      const { appSecret, phoneNumberId, webhookUrl } = { ...simulator, ...change };
      const body = simulator.eventOf(values, phoneNumberId);
      const signature = createHmac('sha256', appSecret).update(body).digest('hex');
      return fetch(webhookUrl, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-hub-signature-256': `sha256=${signature}` },
        body,
      }).then(
        ({ status }) => status,
        () => 0,
      );
    },
    close: served.close,
  };
  return simulator;
}

/** A text that a user wrote, as the value of a webhook. */
export const cloudText = (message: {
  from?: string;
  userId?: string;
  text: string;
  id: string;
  forwarded?: boolean;
}) => ({
  contacts: [{ profile: { name: 'User' }, ...(message.from ? { wa_id: message.from } : {}), user_id: message.userId }],
  messages: [
    {
      id: message.id,
      timestamp: String(Math.floor(Date.now() / 1000)),
      type: 'text',
      ...(message.from ? { from: message.from } : {}),
      ...(message.userId ? { from_user_id: message.userId } : {}),
      ...(message.forwarded ? { context: { forwarded: true } } : {}),
      text: { body: message.text },
    },
  ],
});

/** The status of a message, as the value of a webhook. */
export const cloudStatus = (
  { id, callbackData }: Pick<CloudMessage, 'id' | 'callbackData'>,
  status: string,
  code?: number,
) => ({
  statuses: [
    {
      id,
      status,
      timestamp: '1795000000',
      ...(callbackData === undefined ? {} : { biz_opaque_callback_data: callbackData }),
      ...(code === undefined ? {} : { errors: [{ code, title: 'refused' }] }),
    },
  ],
});
