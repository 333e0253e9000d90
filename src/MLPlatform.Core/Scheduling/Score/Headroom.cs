namespace MLPlatform.Core.Scheduling.Score;

/// <summary>
/// Long work never holds all of a pool: what runs as long as a job or longer leaves a part of what shorter work usually brings, so that short
/// work finds something that comes free soon. Work that fills nodes is not held back; where the part is less than one unit of size, nothing is.
/// </summary>
/// <param name="capacity">What there is, in the unit of sizes.</param>
public sealed class Headroom(double capacity, WorkProfile profile)
{
    /// <summary>The part of the share of shorter work that is kept free for it.</summary>
    public const double Kept = 0.15;

    // In a smaller pool there is never a whole unit to keep.
    private readonly bool _isLarge = capacity * Kept >= 1;
    private readonly double[] _held = new double[WorkProfile.Classes], _shares = new double[WorkProfile.Classes], _room = new double[WorkProfile.Classes];

    public void Start(double seconds, double size) => Hold(seconds, size);

    public void End(double seconds, double size) => Hold(seconds, -size);

    /// <summary>Looks at what is held and known now; <see cref="Fits"/> answers by that.</summary>
    public void Look()
    {
        profile.SharesBelow(_shares);
        // What classes from this one on hold counts against this one, and a job is held to every class up to its own.
        double held = 0;
        for (int i = _held.Length - 1; i >= 0; i--)
        {
            held += _held[i];
            _room[i] = held > 0 && _isLarge ? capacity - Math.Floor(capacity * Kept * _shares[i]) - held : double.PositiveInfinity;
        }
        for (int i = 1; i < _room.Length; i++)
            _room[i] = Math.Min(_room[i], _room[i - 1]);
    }

    public bool Fits(in QueueDemand demand) => demand.WholeNodes || demand.Units <= _room[WorkProfile.Bucket(demand.Seconds)];

    private void Hold(double seconds, double size) => _held[WorkProfile.Bucket(seconds)] += size;
}
