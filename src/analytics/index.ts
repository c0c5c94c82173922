import type { View } from '../records/view.ts';
import { businessSpans } from './business-time.ts';
import {
  agentDailyStatus,
  agentOnlineTimes,
  agentStatusIntervals,
  agentStatusPieces,
  agentStatusSpans,
} from './views/agent-status-views.ts';
import { agentDailyChats, agentDailyPerformance, agentDailyTimes, agentUtilization } from './views/agent-views.ts';
import { botContainment } from './views/bot-views.ts';
import { calendarView } from './views/calendar-view.ts';
import { chatsEnriched } from './views/chat-views.ts';
import { repeatContacts, tagsDaily, transfers, visitorCohorts } from './views/contact-views.ts';
import { csat, dailyChats } from './views/daily-chat-views.ts';
import { dataDictionary } from './views/dictionary.ts';
import { dataFreshness } from './views/freshness-view.ts';
import { hourlyDemandVsAvailability, hourlySupply } from './views/hour-views.ts';
import {
  intentCalibration,
  intentConfusion,
  intentLabels,
  intentOutcomes,
  intentQuality,
  messageIntentLabels,
} from './views/intent-views.ts';
import { chatMessageMetrics, conversationTimelines, responseTurns } from './views/message-views.ts';
import { dataQuality, qualityOfChats, qualityOfDays, qualityOfTasks } from './views/quality-view.ts';
import { sourceReconciliation } from './views/reconciliation-view.ts';
import { agentResponsesDaily, responseTimeBuckets } from './views/response-views.ts';
import { taskBacklogDaily, taskCompletions, tasksEnriched } from './views/task-views.ts';
import { teamLoadHourly } from './views/team-load-view.ts';
import { visitorHistory } from './views/visitor-views.ts';

/** The views for analysts, each after those that it reads: the order in which they are made and refreshed. */
export const biViews: readonly View[] = [
  businessSpans,
  calendarView,
  chatsEnriched,
  chatMessageMetrics,
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
  agentStatusPieces,
  agentStatusSpans,
  agentDailyStatus,
  agentOnlineTimes,
  agentDailyChats,
  agentDailyTimes,
  agentDailyPerformance,
  agentUtilization,
  hourlySupply,
  hourlyDemandVsAvailability,
  teamLoadHourly,
  messageIntentLabels,
  intentLabels,
  intentOutcomes,
  intentQuality,
  intentCalibration,
  intentConfusion,
  taskCompletions,
  tasksEnriched,
  taskBacklogDaily,
  dataFreshness,
  qualityOfChats,
  qualityOfDays,
  qualityOfTasks,
  dataQuality,
  sourceReconciliation,
  dataDictionary,
];
