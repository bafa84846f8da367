/** The input field of every mutation that can return CaptchaRequired. */
export const CAPTCHA =
  'Only after CaptchaRequired: the solution. For ALTCHA, JSON with the fields challenge (as you received it) and solution (counter, derivedKey), or the same in base64, as altcha’s own widget makes it. For TURNSTILE and HCAPTCHA, the challenge, a dot, and the token of the widget.';
