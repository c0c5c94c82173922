import type { Resource } from '../records/resource.ts';
import agentActivities from './agent-activities.ts';
import agentGroups from './agent-groups.ts';
import agents from './agents.ts';
import chats from './chats.ts';
import groups from './groups.ts';
import messages from './messages.ts';
import tasks from './tasks.ts';
import visitors from './visitors.ts';

/** All resources, parents before the records that refer to them. */
export const resources: readonly Resource[] = [agents, groups, visitors, agentGroups, chats, messages, agentActivities, tasks];
