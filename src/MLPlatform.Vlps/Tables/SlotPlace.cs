namespace MLPlatform.Vlps.Tables;

/// <summary>Where a search in the index ended without success: an empty slot, so many lines after the hash's own.</summary>
/// <param name="slot">The slot; null if none is near enough.</param>
/// <param name="distance">At most <see cref="Segment.MaxDistance"/>.</param>
internal readonly unsafe struct SlotPlace(ulong* slot, int distance)
{
    public readonly ulong* Slot = slot;

    public readonly int Distance = distance;
}
