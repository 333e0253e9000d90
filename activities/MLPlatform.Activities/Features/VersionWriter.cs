using MLPlatform.Core.Features;

namespace MLPlatform.Activities.Features;

/// <summary>Writes the versions that stand at some instant of a range, entity by entity, each from when it was known.</summary>
/// <param name="from">What ended by then is left out.</param>
/// <param name="after">What was known by then is left out, whether it still stands or not: it is written already.</param>
/// <param name="until">What was known only then or later is left out.</param>
internal sealed class VersionWriter(VersionTable table, long from, long after, long until)
{
    private FeatureValue[]? _entity;
    private FeatureVersion? _held;

    public void Start(FeatureValue[] entity)
    {
        Complete();
        _entity = entity;
    }

    public void Take(FeatureVersion version)
    {
        // A version stands until the next one; what ended before the range begins is not in it.
        if (_held is { } held && version.KnownFrom > from)
            Write(held);
        _held = version.KnownFrom < until ? version : null;
    }

    /// <summary>Writes the last version of the entity.</summary>
    public void Complete()
    {
        if (_held is { } held)
            Write(held);
        _held = null;
    }

    private void Write(FeatureVersion version)
    {
        if (version.KnownFrom > after)
            table.Append(_entity!, version);
    }
}
