import { deleteMe } from '../../account/delete-me.js';
import { exportMe } from '../../account/export-me.js';
import { viewerOf } from '../auth/caller.js';
import { builder } from '../builder.js';
import { orFailure, resultUnion } from '../result-union.js';

const AccountDeleted = builder.objectRef<{ userId: string }>('AccountDeleted').implement({
  description: 'The user was erased: no table names the user any more, except the audit log. All sessions have ended.',
  fields: (t) => ({ userId: t.exposeID('userId', { description: 'UUID of the user who was erased.' }) }),
});

const DeleteMeResult = resultUnion({
  name: 'DeleteMeResult',
  description: 'The user who was erased, or why nobody was.',
  success: AccountDeleted,
  failures: ['FRESH_SIGN_IN_REQUIRED', 'DEVICE_TOO_NEW', 'LAST_ADMIN'],
});

builder.mutationField('deleteMe', (t) =>
  t.field({
    type: DeleteMeResult,
    auth: 'fresh',
    description:
      'Erases the user who is signed in, and ends all sessions of the user. This cannot be undone. Returns FreshSignInRequired when the sign-in was more than ten minutes ago, DeviceTooNew when the user first signed in on this device less than 24 hours ago and has older devices, and LastAdmin when the user is the only admin. With the cookie, the cookie is removed. Fails with the error code UNAUTHENTICATED without a valid token.',
    resolve: (_, _args, context) =>
      orFailure(context, undefined, async () => {
        const erased = await deleteMe({ viewer: await viewerOf(context) }, context.account);
        context.cookies.clear();
        return erased;
      }),
  }),
);

const AccountExportType = builder.objectRef<{ json: string }>('AccountExport').implement({
  description: 'The data that the gateway keeps about the user, as a file.',
  fields: (t) => ({
    json: t.exposeString('json', {
      description:
        'Content of the file: a JSON object with exportedAt, user, sessions, applicationSignIns, signIns, phoneChanges, messages, devices, notifications, sentMessages, wrongCodes, captchas, guardEvents, auditLog and truncated. At most the 1,000 newest items of each list, and 10 MB; truncated names the lists that have more. It contains no secret, token, code or hash.',
    }),
  }),
});

const ExportMeResult = resultUnion({
  name: 'ExportMeResult',
  description: 'The data of the user, or why it was not exported.',
  success: AccountExportType,
  failures: ['FRESH_SIGN_IN_REQUIRED', 'DEVICE_TOO_NEW', 'RATE_LIMITED'],
});

builder.mutationField('exportMe', (t) =>
  t.field({
    type: ExportMeResult,
    auth: 'fresh',
    description:
      'The data of the user who is signed in, as a file. It is a mutation because it adds an entry to the audit log, and so that no cache keeps the data. Returns FreshSignInRequired when the sign-in was more than ten minutes ago, DeviceTooNew when the user first signed in on this device less than 24 hours ago and has older devices, and RateLimited after five exports within an hour or while the instance makes too many exports. Fails with the error code UNAUTHENTICATED without a valid token.',
    resolve: (_, _args, context) =>
      orFailure(context, undefined, async () => {
        const data = await exportMe({ viewer: await viewerOf(context) }, context.account);
        return { json: JSON.stringify(data, null, 2) };
      }),
  }),
);
