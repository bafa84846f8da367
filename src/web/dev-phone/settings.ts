/** What the gateway tells the developer's phone, when the page is loaded. */
export interface DevPhoneSettings {
  /** The gateway's own WhatsApp number, digits, where it is known. */
  number: string | null;
}

/** What the gateway sent: an event of `/dev/phone/messages`. */
export interface PhoneMessage {
  id: string;
  /** E.164. Of a hidden person that nobody knows here, their WhatsApp id. */
  phone: string;
  /** By what it was sent; `whatsapp` is an answer to a WhatsApp message. */
  channel: string;
  text: string;
  code?: string;
  /** ISO 8601. */
  at: string;
}

/** What `/dev/phone/send` answers when the message was delivered to the webhook. */
export interface SendAnswer {
  /** The HTTP status that the webhook answered. */
  status: number;
  /** From whom it was, E.164. */
  phone: string;
  /** When it was sent, by the gateway's clock, ISO 8601. */
  at: string;
}
