import { LOCALES } from '@phonegate/react';
import { describeTexts } from '../../../test/support/texts.js';
import { pageTextsIn } from './page-i18n.js';

describeTexts(LOCALES, pageTextsIn);
