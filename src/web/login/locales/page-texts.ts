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
    signIns: string;
    /** By the `outcome` of an attempt to sign in. */
    outcomes: Record<'SIGNED_IN' | 'ENDED' | 'REFUSED' | 'UNFINISHED', string>;
    showMore: string;
    /** Heading of what the user can do with their data. */
    data: string;
    download: string;
    delete: string;
    /** Asks for the last four digits of the phone. */
    confirmDeletion: string;
    deleteForGood: string;
  };
  redirectRefused: string;
  redirectUnprotected: string;
  toLogin: string;
}
