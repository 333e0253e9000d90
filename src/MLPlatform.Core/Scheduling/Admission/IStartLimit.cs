namespace MLPlatform.Core.Scheduling.Admission;

/// <summary>
/// What a pool keeps for other work, as headroom for what runs shorter. Work that may not start is passed over and nothing is promised to it, so whoever
/// limits has to see to it that nobody waits for ever.
/// </summary>
public interface IStartLimit
{
    /// <summary>
    /// Whether the work may start now in its own pool, as far as this goes. Of work of one shape, what runs shorter may whenever what runs longer may.
    /// </summary>
    bool Allows(Work work);

    /// <summary>The work starts; told before the next question.</summary>
    /// <param name="pool">Its own, or one that it overflows into.</param>
    void Starts(Work work, string pool);
}
