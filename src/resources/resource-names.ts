/** The names of the resources, so that their tables need not be loaded for a word about them. */
export const RESOURCE_NAMES = ['agent_activities', 'agent_groups', 'agents', 'chats', 'groups', 'messages', 'tasks', 'visitors'] as const;
