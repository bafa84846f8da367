import type { PageTexts } from './page-texts.js';

export const en: PageTexts = {
  languages: 'Language',
  signInTo: (title) => `Sign in to ${title}`,
  enterCode: 'Enter the code',
  signedOut: 'You were signed out. Sign in again.',
  showAllDevices: (count) => `Show all (${count})`,
  account: {
    title: 'You are signed in',
    devices: 'Your devices',
    thisDevice: 'this device',
    lastSeen: (when) => `last seen ${when}`,
    signOutDevice: (device) => `Sign out on ${device}`,
    unknownDevice: 'Unknown device',
    signOut: 'Sign out',
    signOutEverywhere: 'Sign out everywhere',
    signInAgain: 'Sign in again',
    continueTo: (host) => `Continue to ${host}`,
    returning: (host) => `Returning to ${host}…`,
    otherUser: 'Use another account',
  },
  redirectRefused: 'This app isn’t allowed to use this sign-in page.',
  redirectUnprotected: 'This app didn’t protect its sign-in request.',
  toLogin: 'Sign in here instead',
};
