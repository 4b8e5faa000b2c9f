/* The model of common_model.py for Spin: one process, one loop. Every rule is a d_step, so that the states which Spin
   stores are those of the model and no half-finished step is among them.

     spin -DN=6 -DP=4 -a common.pml */

#define ABSENT   0
#define PRESENT  1
#define DELETING 2

byte role = ABSENT;
bit cross_account = 0;
bit efs = 0;
byte vaults = 0;                 /* how many are there: it follows from `there` and adds no state */
bit there[N];
bit busy[N];
byte points[N];

#define VAULT(i) \
  :: d_step { !there[i] && role != DELETING -> there[i] = 1; vaults++; role = PRESENT } \
  :: d_step { there[i] && points[i] < P && role == PRESENT -> points[i]++ } \
  :: d_step { there[i] && !busy[i] && role == PRESENT -> busy[i] = 1 } \
  :: d_step { busy[i] -> busy[i] = 0 } \
  :: d_step { there[i] && points[i] > 0 && !busy[i] -> points[i]-- } \
  :: d_step { there[i] && points[i] == 0 && !busy[i] -> there[i] = 0; vaults-- }

active proctype account()
{
end:
  do
  :: d_step { role == ABSENT -> role = PRESENT }
  :: d_step { !cross_account && role != DELETING -> cross_account = 1; role = PRESENT }
  :: d_step { !efs && role != DELETING -> efs = 1; role = PRESENT }
  :: d_step { cross_account -> cross_account = 0 }
  :: d_step { efs -> efs = 0 }
  :: d_step { role == PRESENT && vaults == 0 -> role = DELETING }
  :: d_step { role == DELETING -> role = ABSENT }
  :: d_step { role == DELETING -> role = PRESENT }
  VAULT(0)
#if N > 1
  VAULT(1)
#endif
#if N > 2
  VAULT(2)
#endif
#if N > 3
  VAULT(3)
#endif
#if N > 4
  VAULT(4)
#endif
#if N > 5
  VAULT(5)
#endif
#if N > 6
#error "at most 6 vaults"
#endif
  od
}
