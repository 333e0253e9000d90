namespace MLPlatform.Vlps.Networks;

/// <summary>Where the rows in use of each panel begin and end, in floats; for loops over all elements of a matrix.</summary>
internal struct PanelRanges(int panels, nint panel, nint used)
{
    private int _next;

    public readonly PanelRanges GetEnumerator() => this;

    public (nint From, nint To) Current { get; private set; }

    public bool MoveNext()
    {
        if (_next == panels)
            return false;
        Current = (_next * panel, (_next * panel) + used);
        _next++;
        return true;
    }
}
