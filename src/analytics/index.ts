import type { View } from '../records/view.ts';
import { agentDailyStatus, agentOnlineTimes, agentStatusIntervals, agentStatusSpans } from './agent-status-views.ts';
import { agentDailyPerformance, agentUtilization } from './agent-views.ts';
import { botContainment } from './bot-views.ts';
import { businessSpans } from './business-time.ts';
import { calendarView } from './calendar-view.ts';
import { chatsEnriched } from './chat-views.ts';
import { repeatContacts, tagsDaily, transfers, visitorCohorts } from './contact-views.ts';
import { csat, dailyChats } from './daily-chat-views.ts';
import { dataDictionary } from './dictionary.ts';
import { dataFreshness } from './freshness-view.ts';
import { hourlyDemandVsAvailability } from './hour-views.ts';
import { intentCalibration, intentConfusion, intentLabels, intentOutcomes, intentQuality, messageIntentLabels } from './intent-views.ts';
import { chatMessageMetrics, conversationTimelines, responseTurns } from './message-views.ts';
import { dataQuality } from './quality-view.ts';
import { sourceReconciliation } from './reconciliation-view.ts';
import { agentResponsesDaily, responseTimeBuckets } from './response-views.ts';
import { taskBacklogDaily, tasksEnriched } from './task-views.ts';
import { teamLoadHourly } from './team-load-view.ts';
import { visitorHistory } from './visitor-views.ts';

/** The views for analysts, each after those that it reads: the order in which they are made and refreshed. */
export const biViews: readonly View[] = [
  businessSpans,
  calendarView,
  chatMessageMetrics,
  chatsEnriched,
  dailyChats,
  csat,
  responseTurns,
  ...conversationTimelines,
  botContainment,
  transfers,
  repeatContacts,
  tagsDaily,
  visitorHistory,
  visitorCohorts,
  agentResponsesDaily,
  responseTimeBuckets,
  agentStatusIntervals,
  agentStatusSpans,
  agentDailyStatus,
  agentOnlineTimes,
  agentDailyPerformance,
  agentUtilization,
  hourlyDemandVsAvailability,
  teamLoadHourly,
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
