namespace MLPlatform.Core.Activities;

/// <summary>An activity that is a command in any language; this class only says which command its inputs ask for.</summary>
public interface IScriptActivity<TInputs>
    where TInputs : notnull
{
    /// <summary>The command to run for these inputs. Pure: it starts nothing.</summary>
    ScriptCommand Command(TInputs inputs);
}

/// <param name="Arguments">The program and its arguments, passed as they are, never through a shell.</param>
/// <param name="WorkingFolder">Where it starts, or null for the attempt's scratch folder.</param>
/// <param name="Environment">Variables added to the attempt's own.</param>
public sealed record ScriptCommand(
    IReadOnlyList<string> Arguments, string? WorkingFolder, IReadOnlyDictionary<string, string> Environment);
