using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace MLPlatform.Core.Runs;

/// <summary>One execution of a plan. Version 7, so ids sort by creation.</summary>
public readonly record struct RunId(Guid Value)
{
    public override string ToString() => Value.ToString("D");

    public static bool TryParse(string? text, out RunId id)
    {
        bool ok = Guid.TryParse(text, out Guid value);
        id = new RunId(value);
        return ok;
    }
}

/// <summary>
/// One try of one node of one run. Its text, <c>{run}-{node}-{number}</c>, names the attempt's folder and its Job, so
/// that submitting twice is harmless.
/// </summary>
/// <param name="Node">The node's index in the run; forEach instances come after the plan's own nodes.</param>
/// <param name="Number">1 for the first try.</param>
public readonly record struct AttemptId(RunId Run, int Node, int Number)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Run.Value:N}-{Node}-{Number}");

    public static bool TryParse([NotNullWhen(true)] string? text, out AttemptId id)
    {
        id = default;
        string[] parts = text?.Split('-') ?? [];
        if (parts.Length != 3
            || !Guid.TryParseExact(parts[0], "N", out Guid run)
            || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int node)
            || !int.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out int number))
            return false;
        id = new AttemptId(new RunId(run), node, number);
        return true;
    }
}
