/** Settings that the gateway puts into the page of the developer's phone. */
export interface DevPhoneSettings {
  /** The path of PUBLIC_URL, with which every path of the gateway begins: empty, or such as `/auth`. */
  path: string;
  /** The gateway's own WhatsApp number, digits; `null` where it is not known. */
  number: string | null;
}

/** A message that the gateway sent: an event of `/dev/phone/messages`. */
export interface PhoneMessage {
  id: string;
  /** E.164. The WhatsApp id where the user hides their number and the gateway does not know it. */
  phone: string;
  /** The channel that sent it; `whatsapp` for a reply to a WhatsApp message. */
  channel: string;
  text: string;
  code?: string;
  /** ISO 8601. */
  at: string;
}

/** The answer of `/dev/phone/send` when the message was delivered to the webhook. */
export interface SendAnswer {
  /** HTTP status of the webhook's answer. */
  status: number;
  /** The sender, E.164. */
  phone: string;
  /** Time of sending by the gateway's clock, ISO 8601. */
  at: string;
}
