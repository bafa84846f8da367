import { CHANNEL_NAMES } from '../../../delivery/channels/channel-list.js';
import {
  type TemplatePreview,
  type TemplateRecord,
  activateTemplate,
  createTemplate,
  editTemplate,
  listTemplates,
  previewTemplate,
} from '../../../delivery/templates/manage-templates.js';
import { builder } from '../../builder.js';
import { viewerIdOf } from '../../auth/caller.js';
import { orFailure, resultUnion } from '../../result-union.js';
import { DeliveryPurposeEnum } from '../enums.js';

const CHANNEL_DESCRIPTION = `Name of a channel (${CHANNEL_NAMES.slice(0, -1).join(', ')} or ${CHANNEL_NAMES.at(-1)}), or * for all channels without a template of their own.`;

const SmsTemplateType = builder.objectRef<TemplateRecord>('SmsTemplate').implement({
  description:
    'A message template for a purpose, channel and language. One template of each such group can be active; the others are drafts.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'UUID of the template.' }),
    purpose: t.expose('purpose', { type: DeliveryPurposeEnum, description: 'Purpose of the message.' }),
    channel: t.exposeString('channel', {
      description: CHANNEL_DESCRIPTION,
    }),
    locale: t.exposeString('locale', { description: 'Language of the text: en, ru, kk, ky or fa.' }),
    body: t.exposeString('body', { description: 'The text, with placeholders such as {code}.' }),
    providerTemplate: t.exposeString('providerTemplate', {
      nullable: true,
      description: 'Name of the approved template at the provider; null when there is none, and for the channel *.',
    }),
    active: t.exposeBoolean('active', { description: 'Whether messages are sent with this template.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the template was created.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When the template was last changed.' }),
  }),
});

builder.queryField('smsTemplates', (t) =>
  t.field({
    type: [SmsTemplateType],
    auth: 'admin',
    description:
      'All templates, sorted by purpose, channel and language, the active one first. For admins; other users get FORBIDDEN.',
    resolve: (_, _args, context) => context.admin.read(listTemplates),
  }),
);

const TemplatePreviewType = builder.objectRef<TemplatePreview>('SmsTemplatePreview').implement({
  description: 'A text with sample values filled in, and its size as an SMS.',
  fields: (t) => ({
    text: t.exposeString('text', { description: 'The text as the phone shows it.' }),
    encoding: t.exposeString('encoding', { description: 'Encoding of the SMS: GSM-7 or UCS-2.' }),
    units: t.exposeInt('units', { description: 'Length in septets for GSM-7, in UTF-16 code units for UCS-2.' }),
    segments: t.exposeInt('segments', { description: 'Number of SMS parts. Providers charge for each part.' }),
  }),
});

const PreviewSmsTemplateResult = resultUnion({
  name: 'PreviewSmsTemplateResult',
  description: 'The text as it would be sent, or why it is not allowed.',
  success: TemplatePreviewType,
  failures: ['INVALID_INPUT'],
});

builder.queryField('previewSmsTemplate', (t) =>
  t.field({
    type: PreviewSmsTemplateResult,
    auth: 'admin',
    description:
      'Shows a text with sample values, and how many SMS parts it needs. Saves nothing. For admins; other users get FORBIDDEN.',
    args: {
      purpose: t.arg({ type: DeliveryPurposeEnum, required: true, description: 'Purpose of the message.' }),
      channel: t.arg.string({
        description: 'Channel to preview, because some channels add a line for WebOTP. Default: *, for all channels.',
      }),
      body: t.arg.string({ required: true, description: 'The text to preview.' }),
    },
    resolve: (_, { purpose, channel, body }, context) =>
      orFailure(context, undefined, async () =>
        previewTemplate({ purpose, channel: channel ?? '*', body }, context.admin),
      ),
  }),
);

const CreateSmsTemplateInput = builder.inputType('CreateSmsTemplateInput', {
  description: 'A template to create.',
  fields: (t) => ({
    purpose: t.field({ type: DeliveryPurposeEnum, required: true, description: 'Purpose of the message.' }),
    channel: t.string({
      required: true,
      description: CHANNEL_DESCRIPTION,
    }),
    locale: t.string({ required: true, description: 'Language of the text: en, ru, kk, ky or fa.' }),
    body: t.string({
      required: true,
      description: 'The text, at most 1000 characters. It must contain the placeholders that its purpose requires.',
    }),
    providerTemplate: t.string({
      description: 'Name of the approved template at the provider. Not allowed for the channel *.',
    }),
  }),
});

const CreateSmsTemplateResult = resultUnion({
  name: 'CreateSmsTemplateResult',
  description: 'The new draft, or why none was created.',
  success: SmsTemplateType,
  failures: ['INVALID_INPUT'],
});

builder.mutationField('createSmsTemplate', (t) =>
  t.field({
    type: CreateSmsTemplateResult,
    auth: 'admin',
    description:
      'Creates a draft. Messages use it only after activateSmsTemplate. For admins; other users get FORBIDDEN.',
    args: { input: t.arg({ type: CreateSmsTemplateInput, required: true, description: 'The template to create.' }) },
    resolve: (_, { input }, context) =>
      orFailure(context, undefined, async () =>
        createTemplate({ ...input, actor: await viewerIdOf(context) }, context.admin),
      ),
  }),
);

const EditSmsTemplateInput = builder.inputType('EditSmsTemplateInput', {
  description: 'A template and its new text.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'UUID of the template.' }),
    body: t.string({ required: true, description: 'The new text, at most 1000 characters.' }),
    providerTemplate: t.string({
      description:
        'New name of the approved template at the provider; null removes it. If it is left out, the name stays.',
    }),
  }),
});

const EditSmsTemplateResult = resultUnion({
  name: 'EditSmsTemplateResult',
  description: 'The template after the change, or why it was not changed.',
  success: SmsTemplateType,
  failures: ['TEMPLATE_NOT_FOUND', 'INVALID_INPUT'],
});

builder.mutationField('editSmsTemplate', (t) =>
  t.field({
    type: EditSmsTemplateResult,
    auth: 'admin',
    description:
      'Changes a template. If it is active, messages use the new text within ten seconds. For admins; other users get FORBIDDEN.',
    args: {
      input: t.arg({ type: EditSmsTemplateInput, required: true, description: 'The template and its new text.' }),
    },
    resolve: (_, { input }, context) =>
      orFailure(context, undefined, async () =>
        editTemplate({ ...input, actor: await viewerIdOf(context) }, context.admin),
      ),
  }),
);

const ActivateSmsTemplateInput = builder.inputType('ActivateSmsTemplateInput', {
  description: 'The template to activate.',
  fields: (t) => ({ id: t.id({ required: true, description: 'UUID of the template.' }) }),
});

const ActivateSmsTemplateResult = resultUnion({
  name: 'ActivateSmsTemplateResult',
  description: 'The template that is active now, or why it was not activated.',
  success: SmsTemplateType,
  failures: ['TEMPLATE_NOT_FOUND'],
});

builder.mutationField('activateSmsTemplate', (t) =>
  t.field({
    type: ActivateSmsTemplateResult,
    auth: 'admin',
    description:
      'Activates a template and deactivates the previous one of the same purpose, channel and language. Messages use it within ten seconds. For admins; other users get FORBIDDEN.',
    args: {
      input: t.arg({ type: ActivateSmsTemplateInput, required: true, description: 'The template to activate.' }),
    },
    resolve: (_, { input: { id } }, context) =>
      orFailure(context, undefined, async () =>
        activateTemplate({ id, actor: await viewerIdOf(context) }, context.admin),
      ),
  }),
);
