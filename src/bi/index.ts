import type { View } from '../core/view.ts';
import { agentDailyStatus, agentStatusIntervals, agentStatusSpans } from './agent-status.ts';
import { agentDailyPerformance, agentUtilization } from './agents.ts';
import { botContainment } from './bot.ts';
import { chatsEnriched } from './chats.ts';
import { csat, dailyChats } from './daily-chats.ts';
import { dataDictionary } from './dictionary.ts';
import { dataFreshness } from './freshness.ts';
import { hourlyDemandVsAvailability } from './hours.ts';
import { intentCalibration, intentConfusion, intentLabels, intentOutcomes, intentQuality, messageIntentLabels } from './intents.ts';
import { chatMessageMetrics, conversationTimelines, responseTurns } from './messages.ts';
import { dataQuality } from './quality.ts';
import { sourceReconciliation } from './reconciliation.ts';
import { taskBacklogDaily, tasksEnriched } from './tasks.ts';
import { visitorHistory } from './visitors.ts';

/** The views for analysts, each after those that it reads: the order in which they are made and refreshed. */
export const biViews: readonly View[] = [
  chatMessageMetrics,
  chatsEnriched,
  dailyChats,
  csat,
  responseTurns,
  ...conversationTimelines,
  botContainment,
  visitorHistory,
  agentStatusIntervals,
  agentStatusSpans,
  agentDailyStatus,
  agentDailyPerformance,
  agentUtilization,
  hourlyDemandVsAvailability,
  messageIntentLabels,
  intentLabels,
  intentOutcomes,
  intentQuality,
  intentCalibration,
  intentConfusion,
  tasksEnriched,
  taskBacklogDaily,
  dataFreshness,
  dataQuality,
  sourceReconciliation,
  dataDictionary,
];
