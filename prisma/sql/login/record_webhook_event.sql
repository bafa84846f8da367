-- Printed by "npm run sql". Do not edit.
-- Declared in src/login/whatsapp/record-event.ts
-- :instance  text
-- :idMessage text
-- :status    text
INSERT INTO webhook_events (instance, type_webhook, id_message, status)
VALUES (:instance, 'incomingMessageReceived', :idMessage, :status)
ON CONFLICT DO NOTHING
RETURNING id_message
