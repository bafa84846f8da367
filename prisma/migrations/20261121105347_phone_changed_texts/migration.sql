-- What is sent to a phone that is no longer its person's. `{phone}` stands for the new number, masked.
INSERT INTO "sms_templates" ("purpose", "channel", "locale", "body") VALUES
  ('PHONE_CHANGED', '*', 'en', 'The phone number of your account was changed to {phone}. If it was not you, tell the service at once.'),
  ('PHONE_CHANGED', '*', 'ru', 'Номер телефона вашего аккаунта изменён на {phone}. Если это сделали не вы, сразу сообщите сервису.'),
  ('PHONE_CHANGED', '*', 'kk', 'Аккаунтыңыздың телефон нөмірі {phone} болып өзгертілді. Егер бұл сіз болмасаңыз, сервиске бірден хабарлаңыз.'),
  ('PHONE_CHANGED', '*', 'ky', 'Аккаунтуңуздун телефон номери {phone} болуп өзгөртүлдү. Эгер бул сиз болбосоңуз, сервиске дароо билдириңиз.'),
  ('PHONE_CHANGED', '*', 'fa', E'شماره تلفن حساب شما به {phone} تغییر کرد.\nاگر این کار شما نبوده است، فوراً به سرویس خبر دهید.');
