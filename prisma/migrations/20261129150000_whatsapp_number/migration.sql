-- The WhatsApp number of the account, as Green API last reported it. Digits only.
ALTER TABLE "provider_accounts" ADD COLUMN "number" TEXT;
