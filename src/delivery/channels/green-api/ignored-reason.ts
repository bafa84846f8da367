/** Why the gateway ignores a webhook, as the log event `webhook.ignored` names it. */
export type IgnoredReason =
  | 'not_json'
  | 'unknown_form'
  | 'other_instance'
  | 'other_number'
  | 'not_an_incoming_message'
  | 'not_sent_by_us'
  | 'not_a_text'
  | 'forwarded'
  | 'not_one_to_one';
