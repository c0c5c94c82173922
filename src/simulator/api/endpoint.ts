/** What can be asked for, by the first word of its path; the report of chats has a word of its own. */
export type Endpoint = 'agents' | 'groups' | 'agent_groups' | 'visitors' | 'chats' | 'report' | 'messages' | 'agent_activities' | 'q_tasks';
