namespace MLPlatform.Core.Runs;

/// <summary>Gives attempts environment variables besides those of the attempt protocol. What a script declares itself wins over them.</summary>
public interface IAttemptVariables
{
    /// <summary>The variables of an attempt; the same each time while the server runs.</summary>
    IReadOnlyDictionary<string, string> Of(AttemptOrder order);

    /// <summary>Completes once they can be told: a server that starts takes attempts up before it knows its own address.</summary>
    Task Ready => Task.CompletedTask;
}
