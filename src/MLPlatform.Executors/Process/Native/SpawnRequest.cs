namespace MLPlatform.Executors.Process.Native;

/// <summary>A program to start in a session of its own.</summary>
internal sealed record SpawnRequest
{
    /// <summary>The program's file, found already; nothing is looked up.</summary>
    public required string Program { get; init; }

    /// <summary>All arguments, the program's own name first.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>The whole environment, as <c>NAME=value</c>.</summary>
    public required IReadOnlyList<string> Environment { get; init; }

    public required string WorkingFolder { get; init; }

    /// <summary>Which of our descriptors the child sees under which number.</summary>
    public required IReadOnlyList<(int Ours, int Theirs)> Descriptors { get; init; }

    /// <summary>Whether everything else is closed in the child, also what our own starter left open in us. Default: yes.</summary>
    public bool CloseOthers { get; init; } = true;
}
