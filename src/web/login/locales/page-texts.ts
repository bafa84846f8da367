/** The texts of the login page around the form of `@phonegate/react`, which has its own. */
export interface PageTexts {
  languages: string;
  signInTo: (title: string) => string;
  /** The heading of the code step. */
  enterCode: string;
  /** The session ended, but not by a button of this page. */
  signedOut: string;
  showAllDevices: (count: string) => string;
  account: {
    title: string;
    devices: string;
    thisDevice: string;
    lastSeen: (when: string) => string;
    signOutDevice: (device: string) => string;
    unknownDevice: string;
    signOut: string;
    signOutEverywhere: string;
    signInAgain: string;
    continueTo: (host: string) => string;
    returning: (host: string) => string;
    otherUser: string;
  };
  redirectRefused: string;
  redirectUnprotected: string;
  toLogin: string;
}
