using MLPlatform.Core.Artifacts;

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
/// <param name="Code">The code it starts in, instead of a working folder; null where it brings none.</param>
/// <param name="Checkpoints">Whether it gets a folder that the next attempt of the same activity and run gets, too.</param>
/// <param name="Roles">Whether the inputs declare roles, whose processes are started instead of <paramref name="Arguments"/>.</param>
/// <param name="Image">The container image, for executors that start containers; null: theirs.</param>
public sealed record ScriptCommand(
    IReadOnlyList<string> Arguments, string? WorkingFolder, IReadOnlyDictionary<string, string> Environment, ScriptCode? Code = null,
    bool Checkpoints = false, bool Roles = false, string? Image = null);

/// <summary>Code that is laid out in the attempt's folder, as files of its own.</summary>
/// <param name="Folder">The folder inside that the command starts in; empty for the topmost.</param>
public sealed record ScriptCode(ArtifactRef Files, string Folder);
