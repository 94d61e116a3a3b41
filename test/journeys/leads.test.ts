import { openCompany } from '../support/company.ts';
import { temporaryFolder } from '../support/processes.ts';
import { describeLeadJourney } from './lead-journey.ts';

describeLeadJourney('SQLite, at once and always the same', () => openCompany({ folder: temporaryFolder() }));
