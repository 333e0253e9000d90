namespace MLPlatform.Engine.Runs;

/// <summary>The engine has stopped, so that what was asked of it may not have happened: only what it acknowledged is durable.</summary>
public sealed class EngineStoppedException(string message, Exception? inner = null) : Exception(message, inner);
