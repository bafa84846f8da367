import type { TemplatePreview, TemplateRecord } from '../../../delivery/templates/manage-templates.js';
import { builder } from '../../builder.js';
import { viewerIdOf } from '../../context.js';
import { InvalidInputType, TemplateNotFound, orFailure, resultUnion } from '../../result.js';
import { DeliveryPurposeEnum } from '../enums.js';
import {
  activateTemplate,
  createTemplate,
  editTemplate,
  listTemplates,
  previewTemplate,
} from '../../../delivery/templates/manage-templates.js';

const SmsTemplateType = builder.objectRef<TemplateRecord>('SmsTemplate').implement({
  description: 'A text for a purpose, channel and locale. Of several, one is active; the others are drafts.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'A UUID.' }),
    purpose: t.expose('purpose', { type: DeliveryPurposeEnum, description: 'What for.' }),
    channel: t.exposeString('channel', {
      description:
        'green-api, kavenegar-verify, kavenegar-sms, melipayamak, console, or * for all that have none of their own.',
    }),
    locale: t.exposeString('locale', { description: 'en, ru, kk, ky or fa.' }),
    body: t.exposeString('body', { description: 'The text; {code} and the like stand for what is put in.' }),
    providerTemplate: t.exposeString('providerTemplate', {
      nullable: true,
      description: 'What the provider calls its approved text; not for *.',
    }),
    active: t.exposeBoolean('active', { description: 'Whether it is sent.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was written.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it was last changed.' }),
  }),
});

builder.queryField('smsTemplates', (t) =>
  t.field({
    type: [SmsTemplateType],
    authScopes: { admin: true },
    description: 'All texts, by purpose, channel and locale, the active one first. For admins.',
    resolve: (_, _args, context) => listTemplates(context.admin),
  }),
);

const TemplatePreviewType = builder.objectRef<TemplatePreview>('SmsTemplatePreview').implement({
  description: 'A text with examples put in, and what it is as an SMS.',
  fields: (t) => ({
    text: t.exposeString('text', { description: 'As the phone shows it.' }),
    encoding: t.exposeString('encoding', { description: 'GSM-7 or UCS-2.' }),
    units: t.exposeInt('units', { description: 'Septets, or UTF-16 units.' }),
    segments: t.exposeInt('segments', { description: 'Parts, each of which is paid for.' }),
  }),
});

const PreviewSmsTemplateResult = resultUnion(
  'PreviewSmsTemplateResult',
  'The text as it would be sent, or why not.',
  TemplatePreviewType,
  [InvalidInputType],
);

builder.queryField('previewSmsTemplate', (t) =>
  t.field({
    type: PreviewSmsTemplateResult,
    authScopes: { admin: true },
    description: 'How a text would be sent, and in how many parts. It saves nothing. For admins.',
    args: {
      purpose: t.arg({ type: DeliveryPurposeEnum, required: true, description: 'What for.' }),
      channel: t.arg.string({ description: 'The channel, where it matters: kavenegar-sms adds a line for WebOTP.' }),
      body: t.arg.string({ required: true, description: 'The text.' }),
    },
    resolve: (_, { purpose, channel, body }, context) =>
      orFailure(context, undefined, async () =>
        previewTemplate({ purpose, channel: channel ?? '*', body }, context.admin),
      ),
  }),
);

const CreateSmsTemplateInput = builder.inputType('CreateSmsTemplateInput', {
  description: 'A new text.',
  fields: (t) => ({
    purpose: t.field({ type: DeliveryPurposeEnum, required: true, description: 'What for.' }),
    channel: t.string({ required: true, description: 'A channel, or * for all that have none of their own.' }),
    locale: t.string({ required: true, description: 'en, ru, kk, ky or fa.' }),
    body: t.string({
      required: true,
      description: 'At most 1000 characters; what its purpose needs must stand in it.',
    }),
    providerTemplate: t.string({ description: 'What the provider calls its approved text.' }),
  }),
});

builder.mutationField('createSmsTemplate', (t) =>
  t.field({
    type: resultUnion('CreateSmsTemplateResult', 'The draft, or why not.', SmsTemplateType, [InvalidInputType]),
    authScopes: { admin: true },
    description: 'Writes a draft. It is sent only once it is activated. For admins.',
    args: { input: t.arg({ type: CreateSmsTemplateInput, required: true, description: 'The text.' }) },
    resolve: (_, { input }, context) =>
      orFailure(context, undefined, async () =>
        createTemplate({ ...input, actor: await viewerIdOf(context) }, context.admin),
      ),
  }),
);

const EditSmsTemplateInput = builder.inputType('EditSmsTemplateInput', {
  description: 'Other words for a text.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Which.' }),
    body: t.string({ required: true, description: 'The text from now on.' }),
    providerTemplate: t.string({
      description: 'What the provider calls its approved text; null for none; left out, as it is.',
    }),
  }),
});

builder.mutationField('editSmsTemplate', (t) =>
  t.field({
    type: resultUnion('EditSmsTemplateResult', 'The text as it is now, or why not.', SmsTemplateType, [
      TemplateNotFound,
      InvalidInputType,
    ]),
    authScopes: { admin: true },
    description: 'Changes a text; an active one is sent so within ten seconds. For admins.',
    args: { input: t.arg({ type: EditSmsTemplateInput, required: true, description: 'What to change.' }) },
    resolve: (_, { input }, context) =>
      orFailure(context, undefined, async () =>
        editTemplate({ ...input, actor: await viewerIdOf(context) }, context.admin),
      ),
  }),
);

const ActivateSmsTemplateInput = builder.inputType('ActivateSmsTemplateInput', {
  description: 'Which text to send.',
  fields: (t) => ({ id: t.id({ required: true, description: 'Which.' }) }),
});

builder.mutationField('activateSmsTemplate', (t) =>
  t.field({
    type: resultUnion('ActivateSmsTemplateResult', 'The text that is sent from now on, or why not.', SmsTemplateType, [
      TemplateNotFound,
    ]),
    authScopes: { admin: true },
    description: 'Sends this text from now on, within ten seconds, and no longer the one that was active. For admins.',
    args: { input: t.arg({ type: ActivateSmsTemplateInput, required: true, description: 'Which.' }) },
    resolve: (_, { input: { id } }, context) =>
      orFailure(context, undefined, async () =>
        activateTemplate({ id, actor: await viewerIdOf(context) }, context.admin),
      ),
  }),
);
