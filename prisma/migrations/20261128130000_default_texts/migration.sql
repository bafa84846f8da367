-- Messages name the service, ask not to share the code, and fit into one SMS part. `{service}` stands for LOGIN_TITLE.
-- Only templates that still hold the previous default are replaced; what the operator wrote stays. Where there are users, the
-- audit log records the change as it records an edit. \u200e keeps the number left to right in a Persian text.
WITH "defaults" ("purpose", "locale", "before", "after") AS (VALUES
  ('LOGIN_CODE'::"delivery_purpose", 'en',
   '{code} is your sign-in code. It works for {minutes} minutes. Do not tell it to anyone.',
   '{code} is your {service} code. Don''t share it with anyone.'),
  ('LOGIN_CODE', 'ru',
   '{code} — ваш код для входа. Действует {minutes} мин. Никому его не сообщайте.',
   E'{service}: код {code}\nНикому не говорите'),
  ('LOGIN_CODE', 'kk',
   '{code} — кіру кодыңыз. {minutes} минут жарамды. Оны ешкімге айтпаңыз.',
   E'{service} коды: {code}\nЕшкімге айтпаңыз'),
  ('LOGIN_CODE', 'ky',
   '{code} — кирүү кодуңуз. {minutes} мүнөт жарактуу. Аны эч кимге айтпаңыз.',
   E'{service} коду: {code}\nЭч кимге айтпаңыз'),
  ('LOGIN_CODE', 'fa',
   E'کد ورود شما: {code}\nتا {minutes} دقیقه معتبر است. آن را به کسی نگویید.',
   E'کد ورود {service}:\n{code}\nبه کسی نگویید'),
  ('PHONE_CHANGED', 'en',
   'The phone number of your account was changed to {phone}. If it was not you, tell the service at once.',
   'Your {service} phone number was changed to {phone}. If this wasn''t you, contact support.'),
  ('PHONE_CHANGED', 'ru',
   'Номер телефона вашего аккаунта изменён на {phone}. Если это сделали не вы, сразу сообщите сервису.',
   E'{service}: номер изменён на {phone}\nЭто не вы? Сообщите нам'),
  ('PHONE_CHANGED', 'kk',
   'Аккаунтыңыздың телефон нөмірі {phone} болып өзгертілді. Егер бұл сіз болмасаңыз, сервиске бірден хабарлаңыз.',
   E'{service} нөміріңіз өзгерді: {phone}\nСіз емес пе? Хабарлаңыз'),
  ('PHONE_CHANGED', 'ky',
   'Аккаунтуңуздун телефон номери {phone} болуп өзгөртүлдү. Эгер бул сиз болбосоңуз, сервиске дароо билдириңиз.',
   E'{service} номериңиз өзгөрдү: {phone}\nСиз эмеспи? Кабарлаңыз'),
  ('PHONE_CHANGED', 'fa',
   E'شماره تلفن حساب شما به {phone} تغییر کرد.\nاگر این کار شما نبوده است، فوراً به سرویس خبر دهید.',
   E'شماره {service} شما تغییر کرد:\n\u200e{phone}\nشما نبودید؟ خبر دهید')
), "replaced" AS (
  UPDATE "sms_templates" "t" SET "body" = "d"."after", "updated_at" = now()
  FROM "defaults" "d"
  WHERE "t"."active" AND "t"."channel" = '*'
    AND ("t"."purpose", "t"."locale", "t"."body") = ("d"."purpose", "d"."locale", "d"."before")
  RETURNING "t"."id", "t"."provider_template", "d"."before", "d"."after"
)
INSERT INTO "audit_log" ("id", "event", "details")
-- A UUID of version 7, as the gateway writes them: 48 bits of milliseconds, then random bits.
SELECT encode(
         set_bit(set_bit(
           overlay(uuid_send(gen_random_uuid())
             PLACING substring(int8send((extract(epoch FROM now()) * 1000)::bigint) FROM 3) FROM 1 FOR 6),
           52, 1), 53, 1),
         'hex')::uuid,
       'template.edited',
       jsonb_build_object(
         'id', "id",
         'before', jsonb_build_object('body', "before", 'providerTemplate', "provider_template"),
         'after', jsonb_build_object('body', "after", 'providerTemplate', "provider_template"))
FROM "replaced" WHERE EXISTS (SELECT FROM "users");
