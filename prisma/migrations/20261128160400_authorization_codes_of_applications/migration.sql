-- AlterTable: an instance of the previous version creates codes without an application. A new instance does not exchange them.
ALTER TABLE "authorization_codes" ADD COLUMN "client_id" TEXT;
