'use client';

import { useEffect, useMemo, useRef, useState } from 'react';
import type { Phonegate, Storage } from '@phonegate/client';
import { drawQr } from './draw-qr.js';
import { createLoginFlow } from './flow/flow.js';
import { i18nFor } from './i18n.js';
import { type Locale, latinDigits } from './locales/locale.js';
import { toLoginProblem } from './login-problem.js';
import { viewLogin, viewRecognizedPhone } from './login-view.js';
import type { PhoneLoginActions, PhoneLoginState } from './phone-login-state.js';
import { useBrowserEffect } from './use-browser-effect.js';
import { useBrowserLocale } from './use-browser-locale.js';
import { useCountryNames } from './use-country-names.js';
import { useOffline } from './use-offline.js';
import { useRecognizedPhone } from './use-recognized-phone.js';
import { useSolvingCaptcha } from './use-solving-captcha.js';
import { useTick } from './use-tick.js';

export interface UsePhoneLoginOptions {
  /** The language of the texts. Default: the browser's; English on a server. Give the client the same. */
  locale?: Locale | undefined;
  /** Where attempts are kept over a reload. Default localStorage; `null` for nowhere. */
  storage?: Storage | null | undefined;
  /** Called when a user has signed in. `here` is whether they did so in this tab. */
  onSignedIn?: ((here: boolean) => void) | undefined;
}

/**
 * All that a login form of your own shows and does. Continues where it was after a reload and in other tabs. Renders again each
 * second while something counts down.
 *
 * @param client one for the whole application. Another one in a later render is ignored
 */
export function usePhoneLogin(client: Phonegate, options: UsePhoneLoginOptions = {}): PhoneLoginState {
  const latest = useRef(options);
  latest.current = options;
  const [{ flow, actions }] = useState(() => createLogin(client, () => latest.current));
  const [state, setState] = useState(flow.state);
  useBrowserEffect(() => {
    const unsubscribe = flow.subscribe(setState);
    const stop = flow.run();
    setState(flow.state());
    return () => {
      unsubscribe();
      stop();
    };
  }, [flow]);

  const browserLocale = useBrowserLocale();
  const i18n = i18nFor(options.locale ?? browserLocale);
  const shownLocale = useRef(i18n.locale);
  useEffect(() => {
    // A message of the gateway is in the previous language.
    if (shownLocale.current !== i18n.locale) flow.clearProblem();
    shownLocale.current = i18n.locale;
  }, [flow, i18n]);

  const { ready, phone, busy, waitingForNetwork, signedIn } = state;
  const offline = useOffline();
  const solvingCaptcha = useSolvingCaptcha();
  const recognized = useRecognizedPhone(client, state.step === 'phone' ? phone : '');
  const countryNames = useCountryNames(i18n.locale, recognized);
  const qrPayload = state.whatsapp?.qrPayload;
  const qr = useMemo(() => (qrPayload === undefined ? undefined : drawQr(qrPayload)), [qrPayload]);
  const { countsDown, ...view } = viewLogin(state, qr, { i18n, now: client.now() });
  useTick(countsDown);
  // The ending replaces a problem of the code. A problem with getting a new one is shown all the same.
  const shown = view[view.step === 'whatsapp' ? 'whatsapp' : 'code'];
  const isReplaced = view.step !== 'phone' && shown?.ending !== undefined && state.problem?.of === 'code';
  const current = isReplaced ? undefined : state.problem;
  const problem = useMemo(() => current && toLoginProblem(current, i18n), [current, i18n]);

  return {
    ...view,
    ...actions,
    ready,
    phone,
    busy,
    waitingForNetwork,
    solvingCaptcha,
    signedIn,
    offline,
    problem,
    i18n,
    recognizedPhone: recognized && viewRecognizedPhone(recognized, countryNames),
  };
}

/** Touches neither storage nor network before the flow runs. */
function createLogin(client: Phonegate, options: () => UsePhoneLoginOptions) {
  const flow = createLoginFlow({
    client,
    storage: options().storage,
    onSignedIn: (here) => options().onSignedIn?.(here),
  });
  const { setPhone, startWhatsApp, goTo } = flow;
  const actions: PhoneLoginActions = {
    setPhone,
    startWhatsApp,
    goTo,
    requestCode: ({ phone = flow.state().phone, channel } = {}) => flow.requestCode(phone, channel),
    submitCode: (code) => flow.submitCode(latinDigits(code).replaceAll(/\D/g, '')),
    resendCode: ({ channel } = {}) => flow.resendCode(channel),
  };
  return { flow, actions };
}
